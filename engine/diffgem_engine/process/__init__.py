"""The engine as a process: its endpoint, its application, its clients, its end."""
