"""Charts as values and as drawings: pure, so that the screen and the printed report show the same picture."""
