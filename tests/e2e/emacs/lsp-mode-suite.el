;;; lsp-mode-suite.el --- lsp-mode, which draws ghost text itself  -*- lexical-binding: t; -*-

(require 'play)
(require 'lsp-inline-completion)

(setq lsp-auto-guess-root t
      lsp-restart 'ignore)

(defun play-connected () (and (lsp-workspaces) lsp-inline-completion-mode))

(defun play-ask (method params)
  (lsp-request method params))

(defun play-served ()
  (lsp-get (play-ask "diffgem/document" (list :textDocument (lsp--text-document-identifier))) :text))

(defun play-state ()
  "What lsp-mode shows in the mode line, beside the server's name."
  (lsp--workspace-status-string (car (lsp-workspaces))))

(defun play-shown ()
  "Ghost text, without the character before it that the overlay is hung on."
  (when-let* ((overlay lsp-inline-completion--overlay)
              (whole (concat (overlay-get overlay 'display)
                             (overlay-get overlay 'after-string)))
              (hung (- lsp-inline-completion--start-point (overlay-start overlay))))
    (substring-no-properties whole hung)))

(defun play-ghost ()
  (play-wait "no ghost text" #'play-shown))

(ert-deftest columns-are-code-points ()
  (play-scene :unicode
    (should (equal (lsp-get (lsp--workspace-server-capabilities (car (lsp-workspaces)))
                            :positionEncoding)
                   "utf-32"))))

(ert-deftest ghost-text-is-accepted-and-undone-at-once ()
  (play-scene :ghost
    (let ((ghost (play-ghost)))
      (play-keys "C-<return>")
      (play-should-be (play-with typed at ghost))
      (play-keys "C-/")
      (play-should-be typed))))

(ert-deftest ghost-text-after-astral-characters ()
  (play-scene :unicode
    (let ((ghost (play-ghost)))
      (play-keys "C-<return>")
      (play-should-be (play-with typed at ghost)))))

(ert-deftest ghost-text-in-a-folder-with-spaces-and-unicode ()
  (play-scene :farFolder
    (let ((ghost (play-ghost)))
      (play-keys "C-<return>")
      (play-should-be (play-with typed at ghost)))))

(ert-deftest the-next-key-of-it-brings-the-rest-again ()
  (play-scene :ghost
    (let ((ghost (play-ghost)))
      (play-key (aref ghost 0))
      (should (equal (play-ghost) (substring ghost 1)))
      (play-should-be (play-with typed at (substring ghost 0 1))))))

(ert-deftest a-cancel-leaves-the-text ()
  (play-scene :ghost
    (play-ghost)
    (play-keys "C-g")
    (should-not (play-shown))
    (play-should-be typed)))

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

(ert-deftest a-code-action-fills-a-hole-and-one-undo-restores ()
  (play-in "shop.py"
    (goto-char (point-min))
    (search-forward (plist-get play-data :hole))
    (let* ((before (buffer-string)) (end (point)) (start (- end 3)))
      (goto-char start)
      (lsp-execute-code-action
       (seq-find (lambda (each) (equal (lsp-get each :title) (plist-get play-data :fill)))
                 (lsp-code-actions-at-point)))
      (undo-boundary)
      (let ((filled (buffer-string)))
        (should-not (equal filled before))
        (should (string-prefix-p (substring before 0 (1- start)) filled))
        (should (string-suffix-p (substring before (1- end)) filled))
        (play-should-be filled)
        (play-keys "C-/")
        (play-should-be before)))))

(ert-deftest an-ignored-file-is-quiet-and-says-why ()
  (play-scene :excluded
    (lsp-inline-completion-display)
    (should-not (play-shown))
    (should (string-search "ignored" (lsp-get (play-ask "diffgem/status" nil) :reason)))
    (play-wait "not in the mode line"
               (lambda () (string-search "off" (play-state))))
    (play-should-be typed)))

(ert-deftest a-killed-engine-comes-back ()
  (play-scene :ghost
    (play-ghost)
    (dolist (pid (play-engines)) (signal-process pid 'KILL))
    (play-wait "nobody noticed" (lambda () (string-search "lost" (play-state))))
    (play-should-be typed)
    (play-wait "no engine again" (lambda () (string-search "idle" (play-state))))
    (play-keys "C-g")
    (lsp-inline-completion-display)
    (let ((ghost (play-ghost)))
      (play-keys "C-<return>")
      (play-should-be (play-with typed at ghost)))))
