"""The commands that administer: `askonce cache`, `entry`, `key`, `admin`, `export` and `import`."""
