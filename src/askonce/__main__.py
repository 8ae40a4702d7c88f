"""`python -m askonce` is the command `askonce`."""

from askonce.cli import main

if __name__ == "__main__":
    main()
