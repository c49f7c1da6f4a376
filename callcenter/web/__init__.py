"""The aiohttp edge: pages, API, live stream, sign-in."""
