"""What Neovim shows: its screen, each time that it has finished drawing one."""


class Screen:
    """Of the redraw events of a user interface."""

    def __init__(self):
        self.cells = {}  # (row, column) -> text
        self.size = (0, 0)

    def lines(self):
        width, height = self.size
        return [
            "".join(self.cells.get((row, column), " ") for column in range(width)).rstrip()
            for row in range(height)
        ]

    def hear(self, name, arguments):
        """Whether all of the screen is drawn now."""
        match name:
            case "grid_resize":
                self.size = arguments[1:3]
            case "grid_clear":
                self.cells.clear()
            case "grid_line":
                self._draw(*arguments[1:4])
            case "grid_scroll":
                self._scroll(*arguments[1:6])
        return name == "flush"

    def _draw(self, row, column, cells):
        for text, *more in cells:
            for _ in range(more[1] if len(more) > 1 else 1):
                self.cells[row, column] = text
                column += 1

    def _scroll(self, top, bottom, left, right, rows):
        moved = {
            (row, column): self.cells.get((row + rows, column), " ")
            for row in range(top, bottom)
            for column in range(left, right)
            if top <= row + rows < bottom
        }
        self.cells.update(moved)


def screens(api, screen):
    """Those since this was asked last, as lists of lines."""
    api.command("redraw")
    api.exec_lua("vim.rpcnotify(..., 'drawn')", api.channel_id)
    found = []
    while (message := api.next_message())[1] != "drawn":
        for name, *calls in message[2]:
            for arguments in calls:
                if screen.hear(name, arguments):
                    found.append(screen.lines())
    return found
