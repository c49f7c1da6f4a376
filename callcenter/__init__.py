"""The hotline's call centre: calls become tickets, deadlines are kept, callbacks are placed."""
