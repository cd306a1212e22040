"""A client of the protocol alone: message bodies in, message bodies out."""

import json

from pygls.lsp.server import LanguageServer

from diffgem_lsp.editor.lsp_protocol import DiffGemProtocol

URI = "file:///a.py"


class Client:
    """What an editor writes, and what comes back."""

    def __init__(self):
        self.server = LanguageServer("test", "1", protocol_cls=DiffGemProtocol)
        self.protocol = self.server.protocol
        self.documents = self.protocol.documents
        self.sent = []
        self.protocol.set_writer(self, include_headers=False)

    def write(self, data):
        self.sent.append(json.loads(data))

    def close(self):
        pass

    def send(self, *bodies):
        """Each body as it is, when bytes; answers what the server has sent meanwhile."""
        raw = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
        del self.sent[:]
        for body in raw:
            self.protocol.receive(body)
        return list(self.sent)

    def initialize(self, **general):
        params = {"processId": None, "rootUri": None, "capabilities": {"general": general}}
        (reply,) = self.send(request("initialize", params))
        return reply["result"]["capabilities"]


def request(method, params=None, msg_id=1):
    return {"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params}


def notification(method, params):
    return {"jsonrpc": "2.0", "method": method, "params": params}


def did_open(text="ab\n"):
    item = {"uri": URI, "languageId": "python", "version": 1, "text": text}
    return notification("textDocument/didOpen", {"textDocument": item})


def did_change(*changes, version=2):
    document = {"uri": URI, "version": version}
    params = {"textDocument": document, "contentChanges": changes}
    return notification("textDocument/didChange", params)


def insertion(line, character, text):
    at = {"line": line, "character": character}
    return {"range": {"start": at, "end": at}, "text": text}
