;;; popup-suite.el --- Eglot alone, and Emacs' own completion  -*- lexical-binding: t; -*-

(require 'play-eglot)

(defun play-completed ()
  "Complete at point, by hand: the text by then, if it is another."
  (let ((before (buffer-string)))
    (play-keys "C-M-i")
    (let ((after (buffer-string)))
      (unless (equal after before) after))))

(ert-deftest completion-at-point-inserts-it ()
  (play-scene :ghost
    (let ((after (play-wait "nothing was inserted" #'play-completed)))
      (should (string-prefix-p (substring typed 0 (1- at)) after))
      (should (string-suffix-p (substring typed (1- at)) after))
      (play-should-be after))))

(ert-deftest completion-at-point-after-astral-characters ()
  (play-scene :unicode
    (let ((after (play-wait "nothing was inserted" #'play-completed)))
      (should (string-prefix-p (substring typed 0 (1- at)) after))
      (should (string-suffix-p (substring typed (1- at)) after))
      (play-should-be after))))

(ert-deftest an-ignored-file-has-none ()
  (play-scene :excluded
    (should-not (play-completed))
    (play-should-be typed)))
