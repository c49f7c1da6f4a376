"""The only translator between the PBX's world (ami, dialer) and the services."""
