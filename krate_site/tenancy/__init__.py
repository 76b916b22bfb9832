"""Which tenant is this request for? One Wagtail `Site` is one tenant; its host says which."""
