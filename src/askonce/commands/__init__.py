"""The commands that administer: `askonce cache`, `askonce key` and `askonce admin`."""
