"""The command line, a module per group of commands; ``cli`` mounts them."""
