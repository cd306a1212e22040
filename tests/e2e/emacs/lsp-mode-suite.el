;;; lsp-mode-suite.el --- lsp-mode, which draws ghost text itself  -*- lexical-binding: t; -*-

(require 'ghost-suite)
(require 'lsp-inline-completion)

(setq lsp-auto-guess-root t
      lsp-restart 'ignore)

(defconst play-accept "C-<return>")
(defconst play-working '("idle"))

(defun play-by-hand () (lsp-inline-completion-display))

(defun play-fill ()
  (lsp-execute-code-action
   (seq-find (lambda (each) (equal (lsp-get each :title) (plist-get play-data :fill)))
             (lsp-code-actions-at-point)))
  (undo-boundary))

(defun play-connected () (and (lsp-workspaces) lsp-inline-completion-mode))

(defun play-ask (method params)
  (lsp-request method params))

(defun play-served ()
  (lsp-get (play-ask "diffgem/document" (list :textDocument (lsp--text-document-identifier))) :text))

(defun play-state-p (state)
  "Whether lsp-mode shows it in the mode line, beside the server's name."
  (string-search state (lsp--workspace-status-string (car (lsp-workspaces)))))

(defun play-shown ()
  "Ghost text, without the character before it that the overlay is hung on."
  (when-let* ((overlay lsp-inline-completion--overlay)
              (whole (concat (overlay-get overlay 'display)
                             (overlay-get overlay 'after-string)))
              (hung (- lsp-inline-completion--start-point (overlay-start overlay))))
    (substring-no-properties whole hung)))

(defun play-meant ()
  (let ((offered (nth lsp-inline-completion--current lsp-inline-completion--items)))
    (car (lsp--range-to-region (lsp-get offered :range)))))

(ert-deftest columns-are-code-points ()
  (play-scene :unicode
    (should (equal (lsp-get (lsp--workspace-server-capabilities (car (lsp-workspaces)))
                            :positionEncoding)
                   "utf-32"))))

(ert-deftest the-next-key-of-it-brings-the-rest-again ()
  (play-scene :ghost
    (let ((ghost (play-ghost)))
      (play-key (aref ghost 0))
      (should (equal (play-ghost) (substring ghost 1)))
      (play-should-be (play-with typed at (substring ghost 0 1))))))

(ert-deftest by-hand-there-are-alternatives ()
  (play-scene :ghost
    (play-ghost)
    (play-keys "C-g")
    (lsp-inline-completion-display)
    (let ((first (play-shown)))
      (play-keys "C-n")
      (should-not (equal (play-shown) first))
      (play-keys "C-p")
      (should (equal (play-shown) first)))))

(ert-deftest an-ignored-file-is-quiet-and-says-why ()
  (play-scene :excluded
    (lsp-inline-completion-display)
    (should-not (play-shown))
    (should (string-search "ignored" (lsp-get (play-ask "diffgem/status" nil) :reason)))
    (play-wait "not in the mode line" (lambda () (play-state-p "off")))
    (play-should-be typed)))
