"""The leak check (rule G3): asks every surface as every audience for what no wall may let through."""
