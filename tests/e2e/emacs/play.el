;;; play.el --- Scenes in a batch Emacs  -*- lexical-binding: t; -*-

;; Keys are real: they go through Emacs' command loop, with its hooks.  A batch Emacs is never
;; idle, though, so `play-wait' runs the idle timers itself.

(require 'ert)
(require 'cl-lib)

(setq make-backup-files nil
      auto-save-default nil
      create-lockfiles nil)

(defconst play-patience-s 60)
(defvar play-workspace (file-name-as-directory (getenv "PLAY_WORKSPACE")))
(defvar play-data
  (with-temp-buffer
    (insert-file-contents (getenv "PLAY_SCENES"))
    (json-parse-buffer :object-type 'plist)))

(defun play-file (name)
  (plist-get (plist-get play-data :files) (intern (concat ":" name))))

(defun play-wait (what met)
  "The first result of MET that is not nil; WHAT says what was missed."
  (let ((deadline (+ (float-time) play-patience-s)) result)
    (while (not (setq result (funcall met)))
      (when (< deadline (float-time))
        (ert-fail (format "%s; the buffer is %S, said was %S" what (buffer-string) (play-said))))
      (mapc #'timer-event-handler (copy-sequence timer-idle-list))
      (accept-process-output nil 0.02))
    result))

(defun play-said ()
  (with-current-buffer (messages-buffer) (buffer-string)))

(defmacro play-in (name &rest body)
  "Visit the file NAME of the workspace, as it was at first, until BODY has ended."
  (declare (indent 1))
  `(let ((path (expand-file-name ,name play-workspace)) (ert-quiet t))
     (with-temp-file path (insert (play-file ,name)))
     (find-file path)
     (setq buffer-undo-list nil)
     (run-hooks 'post-command-hook) ; what find-file left for later, as Eglot's connecting
     (unwind-protect (progn (play-wait "no server" #'play-connected) ,@body)
       (set-buffer-modified-p nil)
       (kill-buffer))))

(defmacro play-scene (scene &rest body)
  "BODY where the keys of SCENE have been typed; `typed' is the text by then, `at' is point."
  (declare (indent 1))
  `(let ((scene (plist-get (plist-get play-data :scenes) ,scene)))
     (play-in (plist-get scene :file)
       (goto-char (point-min))
       (search-forward (plist-get scene :after))
       (mapc #'play-key (plist-get scene :keys))
       (let ((typed (buffer-string)) (at (point))) (ignore typed at) ,@body))))

(defun play-key (key)
  (execute-kbd-macro (vector key)))

(defun play-keys (keys)
  (execute-kbd-macro (kbd keys)))

(defun play-with (text at inserted)
  "TEXT with INSERTED at AT, which counts as point does."
  (concat (substring text 0 (1- at)) inserted (substring text (1- at))))

(defun play-should-be (expected)
  "EXPECTED is in the buffer, in the file once it is saved, and what the server has."
  (should (equal (buffer-string) expected))
  (save-buffer)
  (let ((path buffer-file-name))
    (with-temp-buffer
      (set-buffer-multibyte nil)
      (insert-file-contents-literally path)
      (should (equal (buffer-string) (encode-coding-string expected 'utf-8-unix)))))
  (should (equal (play-served) expected)))

(defun play-engines ()
  "The process ids of the engines of this test."
  (let ((socket (getenv "DIFFGEM_SOCKET")))
    (cl-loop for pid in (list-system-processes)
             for words = (or (alist-get 'args (process-attributes pid)) "")
             when (and (string-search socket words) (string-search " serve" words))
             collect pid)))

(defun play-run ()
  "Run the tests; a line of JSON for each goes to PLAY_RESULTS."
  (dolist (test (ert-select-tests t t))
    (let* ((result (ert-run-test test))
           (said (and (not (ert-test-passed-p result))
                      (format "%S" (ert-test-result-with-condition-condition result)))))
      (write-region
       (concat (json-serialize (list :name (symbol-name (ert-test-name test))
                                     :problem (or said :null)))
               "\n")
       nil (getenv "PLAY_RESULTS") 'append 'silent))))

(provide 'play)
