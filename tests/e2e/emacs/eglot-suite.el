;;; eglot-suite.el --- Eglot with editors/emacs/diffgem.el  -*- lexical-binding: t; -*-

(require 'play-eglot)
(require 'ghost-suite)

(defconst play-accept "TAB")
(defconst play-working '("idle" "quiet"))

(defun play-by-hand () (diffgem-ask))

(defun play-fill ()
  (execute-kbd-macro (vconcat (kbd "M-x eglot-code-actions RET") "Fill this" (kbd "TAB RET"))))

(defun play-state-p (state) (equal (plist-get diffgem--status :state) state))

(defun play-shown ()
  (cl-loop for overlay in (overlays-in (point-min) (point-max))
           for text = (overlay-get overlay 'after-string)
           when (and text (= (overlay-start overlay) (point)))
           return (substring-no-properties text)))

(defun play-meant ()
  (eglot--lsp-position-to-point (plist-get (plist-get (car diffgem--items) :range) :start)))

(ert-deftest columns-are-code-points ()
  (play-scene :unicode
    (should (equal (eglot-server-capable :positionEncoding) "utf-32"))
    (should (eq eglot-current-linepos-function #'eglot-utf-32-linepos))
    (should (= (plist-get (plist-get (diffgem--here) :position) :character)
               (- (point) (pos-bol))))))

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

(ert-deftest a-next-edit-of-text-that-a-timer-has-changed-is-not-made ()
  "It was applied to whatever stood there by then."
  (play-scene :rename
    (play-keys "M-x diffgem-next-edit RET")
    (play-wait "no next edit" (lambda () diffgem--edit))
    (save-excursion
      (goto-char (overlay-start diffgem--edit))
      (forward-char)
      (insert "other"))
    (let ((changed (buffer-string)))
      (diffgem-next-edit)
      (should-not diffgem--edit)
      (should (string-search "the document has changed: ask again" (play-said)))
      (play-should-be changed))))

(ert-deftest a-next-edit-is-made-where-it-is-drawn ()
  "What is no command had moved point, and the text came in there."
  (play-scene :rename
    (play-keys "M-x diffgem-next-edit RET")
    (play-wait "no next edit" (lambda () diffgem--edit))
    (goto-char (point-min))
    (diffgem-next-edit)
    (play-should-be (plist-get play-data :renamed))))

(ert-deftest ghost-text-that-no-longer-fits-is-not-accepted ()
  "A timer had changed the buffer: Tab ended in an error, and the ghost text stayed."
  (play-scene :ghost
    (play-ghost)
    (save-excursion (goto-char (point-min)) (insert "# another line\n"))
    (let ((changed (buffer-string)))
      (diffgem-accept)
      (should-not diffgem--ghost)
      (play-should-be changed))))

(ert-deftest an-ignored-file-is-quiet-and-says-why ()
  (play-scene :excluded
    (diffgem-ask)
    (play-wait "no reason" (lambda () (string-search "ignored" (play-said))))
    (should-not (play-shown))
    (should (equal (plist-get (play-ask :diffgem/status nil) :state) "off"))
    (play-wait "not in the mode line"
               (lambda () (string-search "DiffGem[off]" (diffgem--lighter))))
    (play-should-be typed)))
