"""Screenshots and a film of what the tests do, for readers who have not installed it.

They go to the folder that DIFFGEM_PICTURES names, from the repository's root; without it, to one
that nobody keeps.
"""

import base64
import io
import os

from installed import ROOT
from PIL import Image

FILM_WIDTH = 1000


class Camera:
    def __init__(self, page, folder):
        named = os.environ.get("DIFFGEM_PICTURES")
        self.folder = ROOT / named if named else folder
        self.page = page
        self.frames = []

    def still(self, name):
        self.page("screenshot", {"path": str(self.folder / name)})

    def frame(self, milliseconds):
        """The window as it is now, to be seen for so long."""
        taken = base64.b64decode(self.page("screenshot"))
        image = Image.open(io.BytesIO(taken)).convert("RGB")
        size = (FILM_WIDTH, round(FILM_WIDTH * image.height / image.width))
        self.frames.append((image.resize(size, Image.Resampling.LANCZOS), milliseconds))

    def film(self, name):
        images, durations = zip(*self.frames, strict=True)
        path = self.folder / name
        images[0].save(
            path, append_images=images[1:], duration=durations, save_all=True, quality=85, method=6
        )
        return path
