;;; eglot-suite.el --- Eglot with editors/emacs/diffgem.el  -*- lexical-binding: t; -*-

(require 'play-eglot)

(defun play-status () (play-ask :diffgem/status nil))

(defun play-ghost ()
  "The ghost text once there is some."
  (play-wait "no ghost text" #'play-shown))

(defun play-shown ()
  (cl-loop for overlay in (overlays-in (point-min) (point-max))
           for text = (overlay-get overlay 'after-string)
           when (and text (= (overlay-start overlay) (point)))
           return (substring-no-properties text)))

(ert-deftest columns-are-code-points ()
  (play-scene :unicode
    (should (equal (eglot-server-capable :positionEncoding) "utf-32"))
    (should (eq eglot-current-linepos-function #'eglot-utf-32-linepos))
    (should (= (plist-get (plist-get (diffgem--here) :position) :character)
               (- (point) (pos-bol))))))

(ert-deftest ghost-text-is-accepted-and-undone-at-once ()
  (play-scene :ghost
    (let ((ghost (play-ghost)))
      (play-keys "TAB")
      (play-should-be (play-with typed at ghost))
      (play-keys "C-/")
      (play-should-be typed))))

(ert-deftest ghost-text-after-astral-characters ()
  "It goes in at point anyway: where the server meant it tells of a column in the wrong unit."
  (play-scene :unicode
    (let* ((ghost (play-ghost)) (range (plist-get (car diffgem--items) :range)))
      (should (= (eglot--lsp-position-to-point (plist-get range :start)) at))
      (play-keys "TAB")
      (play-should-be (play-with typed at ghost)))))

(ert-deftest ghost-text-in-a-folder-with-spaces-and-unicode ()
  (play-scene :farFolder
    (let ((ghost (play-ghost)))
      (play-keys "TAB")
      (play-should-be (play-with typed at ghost)))))

(ert-deftest typing-through-keeps-the-rest ()
  (play-scene :ghost
    (let ((ghost (play-ghost)))
      (play-key (aref ghost 0))
      (should (equal (play-shown) (substring ghost 1)))
      (play-should-be (play-with typed at (substring ghost 0 1))))))

(ert-deftest other-keys-take-it-away ()
  (play-scene :ghost
    (play-ghost)
    (play-keys "C-a")
    (should-not diffgem--ghost)
    (play-should-be typed)))

(ert-deftest a-cancel-leaves-the-text ()
  (play-scene :ghost
    (play-ghost)
    (play-keys "C-g")
    (should-not (play-shown))
    (play-should-be typed)))

(ert-deftest a-word-is-accepted-and-the-rest-stays ()
  (play-scene :ghost
    (let ((ghost (play-ghost)))
      (play-keys "M-f")
      (let ((word (buffer-substring at (point))))
        (should (string-match-p "\\`\\W*\\w+\\'" word))
        (should (equal (concat word (play-shown)) ghost))
        (play-should-be (play-with typed at word))))))

(ert-deftest a-line-is-accepted ()
  (play-scene :ghost
    (let ((ghost (play-ghost)))
      (play-keys "C-e")
      (play-should-be (play-with typed at (car (string-lines ghost)))))))

(ert-deftest by-hand-there-are-alternatives ()
  (play-scene :ghost
    (play-ghost)
    (play-keys "C-g")
    (diffgem-ask)
    (let ((first (play-ghost)) (all (mapcar (lambda (each) (plist-get each :insertText))
                                            diffgem--items)))
      (should (> (length all) 1))
      (play-keys "M-n")
      (should (equal (play-shown) (nth 1 all)))
      (play-keys "M-p")
      (should (equal (play-shown) first)))))

(ert-deftest a-code-action-fills-a-hole-and-one-undo-restores ()
  (play-in "shop.py"
    (goto-char (point-min))
    (search-forward (plist-get play-data :hole))
    (let* ((before (buffer-string)) (end (point)) (start (- end 3)))
      (goto-char start)
      (execute-kbd-macro (vconcat (kbd "M-x eglot-code-actions RET") "Fill this" (kbd "TAB RET")))
      (let ((filled (buffer-string)))
        (should-not (equal filled before))
        (should (string-prefix-p (substring before 0 (1- start)) filled))
        (should (string-suffix-p (substring before (1- end)) filled))
        (play-should-be filled)
        (play-keys "C-/")
        (play-should-be before)))))

(ert-deftest a-next-edit-jumps-and-applies ()
  (play-scene :rename
    (play-keys "M-x diffgem-next-edit RET")
    (play-wait "no next edit" (lambda () diffgem--edit))
    (should (looking-at-p "discount$"))
    (should (equal (buffer-string) typed))
    (play-keys "M-x diffgem-next-edit RET")
    (play-should-be (plist-get play-data :renamed))))

(ert-deftest a-next-edit-that-is-left-is-forgotten ()
  (play-scene :rename
    (play-keys "M-x diffgem-next-edit RET")
    (play-wait "no next edit" (lambda () diffgem--edit))
    (play-keys "C-a")
    (should-not diffgem--edit)
    (play-should-be typed)))

(ert-deftest an-ignored-file-is-quiet-and-says-why ()
  (play-scene :excluded
    (diffgem-ask)
    (play-wait "no reason" (lambda () (string-search "ignored" (play-said))))
    (should-not (play-shown))
    (should (equal (plist-get (play-status) :state) "off"))
    (play-wait "not in the mode line"
               (lambda () (string-search "DiffGem[off]" (diffgem--lighter))))
    (play-should-be typed)))

(ert-deftest a-killed-engine-comes-back ()
  (play-scene :ghost
    (play-ghost)
    (dolist (pid (play-engines)) (signal-process pid 'KILL))
    (play-wait "nobody noticed" (lambda () (equal (plist-get diffgem--status :state) "lost")))
    (play-should-be typed)
    (play-wait "no engine again" (lambda () (member (plist-get diffgem--status :state)
                                                    '("idle" "quiet"))))
    (play-keys "C-g")
    (diffgem-ask)
    (let ((ghost (play-ghost)))
      (play-keys "TAB")
      (play-should-be (play-with typed at ghost)))))
