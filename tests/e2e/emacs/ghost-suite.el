;;; ghost-suite.el --- What holds in every client that draws ghost text  -*- lexical-binding: t; -*-

;; The client's own suite has `play-ask', `play-served' and `play-connected', which play.el needs,
;; and what differs for its user: `play-accept', `play-by-hand', `play-fill', and what is seen of
;; it, `play-shown', `play-meant' and `play-state-p', with `play-working' for an engine that works.

(require 'play)

(defun play-ghost ()
  "The ghost text once there is some."
  (play-wait "no ghost text" #'play-shown))

(ert-deftest ghost-text-is-accepted-and-undone-at-once ()
  (play-scene :ghost
    (let ((ghost (play-ghost)))
      (play-keys play-accept)
      (play-should-be (play-with typed at ghost))
      (play-keys "C-/")
      (play-should-be typed))))

(ert-deftest ghost-text-after-astral-characters ()
  "It goes in at point anyway: where the server meant it tells of a column in the wrong unit."
  (play-scene :unicode
    (let ((ghost (play-ghost)))
      (should (= (play-meant) at))
      (play-keys play-accept)
      (play-should-be (play-with typed at ghost)))))

(ert-deftest ghost-text-in-a-folder-with-spaces-and-unicode ()
  (play-scene :farFolder
    (let ((ghost (play-ghost)))
      (play-keys play-accept)
      (play-should-be (play-with typed at ghost)))))

(ert-deftest a-cancel-leaves-the-text ()
  (play-scene :ghost
    (play-ghost)
    (play-keys "C-g")
    (should-not (play-shown))
    (play-should-be typed)))

(ert-deftest a-code-action-fills-a-hole-and-one-undo-restores ()
  (play-in "shop.py"
    (goto-char (point-min))
    (search-forward (plist-get play-data :hole))
    (let* ((before (buffer-string)) (end (point)) (start (- end 3)))
      (goto-char start)
      (play-fill)
      (let ((filled (buffer-string)))
        (should-not (equal filled before))
        (should (string-prefix-p (substring before 0 (1- start)) filled))
        (should (string-suffix-p (substring before (1- end)) filled))
        (play-should-be filled)
        (play-keys "C-/")
        (play-should-be before)))))

(ert-deftest a-killed-engine-comes-back ()
  (play-scene :ghost
    (play-ghost)
    (dolist (pid (play-engines)) (signal-process pid 'KILL))
    (play-wait "nobody noticed" (lambda () (play-state-p "lost")))
    (play-should-be typed)
    (play-wait "no engine again" (lambda () (seq-some #'play-state-p play-working)))
    (play-keys "C-g")
    (play-by-hand)
    (let ((ghost (play-ghost)))
      (play-keys play-accept)
      (play-should-be (play-with typed at ghost)))))

(provide 'ghost-suite)
