"""The screens: aiohttp application, pages, live stream, sign-in. Errors become HTTP here and nowhere else."""
