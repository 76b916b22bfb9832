"""Who may read what: accounts, memberships, the access decision, the gate and the wall."""
