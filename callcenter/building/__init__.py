"""How the parts of the program are put together from settings, a room at a time; `bootstrap` joins them."""
