"""`python -m tertulia`."""

from tertulia.app.cli import main

if __name__ == "__main__":
    main()
