"""The Protocols that services need; adapters, fakes and contract suites carry the same names."""
