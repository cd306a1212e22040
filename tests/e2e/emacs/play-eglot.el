;;; play-eglot.el --- The server that Eglot is connected to  -*- lexical-binding: t; -*-

(require 'play)

(defun play-connected () (and (eglot-managed-p) (eglot-current-server)))

(defun play-ask (method params)
  (eglot--signal-textDocument/didChange)
  (jsonrpc-request (eglot-current-server) method params :timeout play-patience-s))

(defun play-served ()
  (let ((document (list :uri (eglot-path-to-uri buffer-file-name))))
    (plist-get (play-ask :diffgem/document (list :textDocument document)) :text)))

(provide 'play-eglot)
