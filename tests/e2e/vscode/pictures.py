"""A film of what the tests do in VS Code, for readers who have not installed it."""

import base64
import io

from PIL import Image
from terminal import save_recording


class Camera:
    def __init__(self, page):
        self.page = page
        self.frames = []

    def frame(self, milliseconds):
        """The window as it is now, to be seen for so long."""
        taken = base64.b64decode(self.page("screenshot"))
        self.frames.append((Image.open(io.BytesIO(taken)).convert("RGB"), milliseconds))

    def film(self, path):
        save_recording(self.frames, path)
        return path
