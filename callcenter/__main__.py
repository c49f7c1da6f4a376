"""Entry point of the `callcenter` console script."""


def main() -> None:
    """Run the command line."""
    from callcenter.cli import app

    app()


if __name__ == "__main__":
    main()
