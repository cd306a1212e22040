;;; diffgem.el --- Ghost text and next edits where Eglot runs diffgem-lsp  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0
;; Version: 0.1.0
;; Package-Requires: ((emacs "30.1"))
;; Keywords: convenience, languages

;;; Commentary:

;; Eglot starts the server, synchronizes buffers and runs code actions; it knows no inline
;; completion.  This draws it.  editors/README.md has what goes into an init file.

;;; Code:

(require 'eglot)

(defgroup diffgem nil "Code infilling by a diffusion language model." :group 'tools)

(defcustom diffgem-automatic t
  "Whether ghost text comes as you type, or by `diffgem-ask' alone."
  :type 'boolean)

(defface diffgem-ghost '((t :inherit shadow)) "What is offered and not in the buffer.")
(defface diffgem-replaced '((t :inherit diff-removed)) "What a next edit would replace.")

;;; The server

(defconst diffgem--patience-s 30 "The server gives up earlier than this, and says why.")

(defun diffgem--request (method params found)
  "Ask for METHOD with PARAMS; FOUND gets the result, in this buffer.
Changes of the buffer go first, which Eglot does by itself for requests of its own alone."
  (eglot--signal-textDocument/didChange)
  (let ((buffer (current-buffer)))
    (jsonrpc-async-request
     (eglot-current-server) method params
     :timeout diffgem--patience-s :timeout-fn #'ignore
     :error-fn (lambda (failure) (message "DiffGem: %s" (plist-get failure :message)))
     :success-fn (lambda (result)
                   (when (buffer-live-p buffer)
                     (with-current-buffer buffer (funcall found result)))))))

(defun diffgem--here ()
  "The document and point, as the server counts."
  (list :textDocument (list :uri (eglot-path-to-uri buffer-file-name :truenamep t))
        :position (list :line (1- (line-number-at-pos nil t))
                        :character (funcall eglot-current-linepos-function))))

(defun diffgem--accepted (command)
  "Tell the server, which counts what becomes of its offers, by the COMMAND of one."
  (cl-remf command :title)
  (diffgem--request :workspace/executeCommand command #'ignore))

(defun diffgem--unless-changed (then)
  "THEN, but only if the buffer and point are then as they are now."
  (let ((tick (buffer-chars-modified-tick)) (at (point)))
    (lambda (result)
      (when (and (= tick (buffer-chars-modified-tick)) (= at (point)))
        (funcall then result)))))

;;; The status

(defvar diffgem--status nil "The last one that the server told.")

(cl-defmethod eglot-handle-notification
  (_server (_method (eql $/diffgem/status)) &rest status)
  "Show STATUS in the mode line."
  (setq diffgem--status status)
  (force-mode-line-update t))

(defun diffgem--lighter ()
  (propertize (format " DiffGem[%s]" (plist-get diffgem--status :state))
              'help-echo (plist-get diffgem--status :message)))

(defun diffgem-status ()
  "Say how it is, and why nothing was shown."
  (interactive)
  (diffgem--request :diffgem/status nil
                    (lambda (status) (message "DiffGem: %s" (plist-get status :message)))))

;;; Ghost text

(defvar-local diffgem--ghost nil "The overlay that shows it; nil while there is none.")
(defvar-local diffgem--items nil "What was offered; the first is shown.")
(defvar-local diffgem--start nil "Where the items begin.")
(defvar-local diffgem--size nil "The buffer's size when they were asked for.")
(defvar-local diffgem--tick nil "The buffer's tick after the last command.")

(defvar-keymap diffgem-ghost-map
  :doc "In force while ghost text is shown."
  "TAB" #'diffgem-accept
  "<remap> <forward-word>" #'diffgem-accept-word
  "<remap> <move-end-of-line>" #'diffgem-accept-line
  "M-n" #'diffgem-next
  "M-p" #'diffgem-previous
  "<remap> <keyboard-quit>" #'diffgem-dismiss)
(add-to-list 'minor-mode-map-alist (cons 'diffgem--ghost diffgem-ghost-map))

(defun diffgem-ask ()
  "Ask for ghost text here."
  (interactive)
  (diffgem--ask 1))

(defun diffgem--ask (kind)
  "KIND is the protocol's: 1 is by hand, 2 while typing."
  (when (and (eglot-managed-p) (eglot-server-capable :inlineCompletionProvider))
    (diffgem--request
     :textDocument/inlineCompletion
     (append (diffgem--here) (list :context (list :triggerKind kind)))
     (diffgem--unless-changed (lambda (reply) (diffgem--offer reply kind))))))

(defun diffgem--offer (reply kind)
  "Show the items of REPLY.  Without one at all, what is shown stays."
  (let ((items (append (plist-get reply :items) nil)))
    (cond (items (setq diffgem--items items
                       diffgem--start (point)
                       diffgem--size (buffer-size))
                 (diffgem--draw))
          (reply (diffgem-dismiss)
                 (when (= kind 1) (diffgem-status))))))

(defun diffgem--rest (item)
  "What of ITEM is not typed yet; nil if something else was."
  (let ((typed (- (point) diffgem--start))
        (text (plist-get item :insertText)))
    (and (<= 0 typed (1- (length text)))
         (= typed (- (buffer-size) diffgem--size))
         (string-prefix-p (buffer-substring-no-properties diffgem--start (point)) text)
         (substring text typed))))

(defun diffgem--draw ()
  "Show what is left of the first item.  Nil if there is none, or nothing."
  (when-let* ((text (and diffgem--items (diffgem--rest (car diffgem--items)))))
    (unless diffgem--ghost
      (setq diffgem--ghost (make-overlay (point) (point))))
    (move-overlay diffgem--ghost (point) (point))
    (overlay-put diffgem--ghost 'after-string
                 (propertize text 'face 'diffgem-ghost 'cursor t))
    text))

(defun diffgem-dismiss ()
  "Take the ghost text away."
  (interactive)
  (when diffgem--ghost (delete-overlay diffgem--ghost))
  (setq diffgem--ghost nil diffgem--items nil))

(defun diffgem--insert (pattern)
  "Accept the start of the ghost text that PATTERN matches; the rest stays."
  (let* ((item (car diffgem--items)) (text (and item (diffgem--rest item))))
    (if (not text) ; what is no command, as a timer, has changed the buffer since
        (diffgem-dismiss)
      (string-match pattern text)
      (insert (match-string 0 text))
      (unless (diffgem--draw)
        (diffgem-dismiss)
        (diffgem--accepted (plist-get item :command))))))

(defun diffgem-accept ()
  "Accept the ghost text."
  (interactive)
  (diffgem--insert "\\(?:.\\|\n\\)*"))

(defun diffgem-accept-word ()
  "Accept the next word of the ghost text."
  (interactive)
  (diffgem--insert "\\W*\\w*"))

(defun diffgem-accept-line ()
  "Accept the next line of the ghost text."
  (interactive)
  (diffgem--insert "\n?.*"))

(defun diffgem-next ()
  "Show the next of the texts that were offered, of those that fit what was typed."
  (interactive)
  (let ((fitting (seq-filter #'diffgem--rest diffgem--items)))
    (setq diffgem--items (append (cdr fitting) (list (car fitting))))
    (diffgem--draw)))

(defun diffgem-previous ()
  "Show the text before this one."
  (interactive)
  (let ((fitting (seq-filter #'diffgem--rest diffgem--items)))
    (setq diffgem--items (append (last fitting) (butlast fitting)))
    (diffgem--draw)))

;;; Next edits

(defvar-local diffgem--edit nil "The overlay of the one that is offered.")

(defun diffgem-next-edit ()
  "Go to the edit that the last ones left to be done; there, make it."
  (interactive)
  (if diffgem--edit
      (diffgem--make-edit)
    (diffgem--request :textDocument/copilotInlineEdit
                      (append (diffgem--here) (list :context (list :triggerKind 1)))
                      (diffgem--unless-changed #'diffgem--offer-edits))))

(defun diffgem--offer-edits (reply)
  "Go to the first edit of REPLY."
  (let ((edits (plist-get reply :edits)))
    (if (seq-empty-p edits)
        (message "DiffGem: there is nothing that your last edits left to be done")
      (push-mark nil t)
      (diffgem--draw-edit (elt edits 0)))))

(defun diffgem--draw-edit (edit)
  (pcase-let ((`(,start . ,end) (eglot-range-region (plist-get edit :range))))
    (goto-char start)
    (setq diffgem--edit (make-overlay start end))
    (overlay-put diffgem--edit 'diffgem edit)
    (overlay-put diffgem--edit 'diffgem-tick (buffer-chars-modified-tick))
    (overlay-put diffgem--edit 'face 'diffgem-replaced)
    (overlay-put diffgem--edit 'after-string
                 (propertize (plist-get edit :text) 'face 'diffgem-ghost))))

(defun diffgem--edit-stands-p ()
  "Whether the text is as it was: what is no command, as auto-revert, changes it."
  (and (overlay-buffer diffgem--edit)
       (= (overlay-get diffgem--edit 'diffgem-tick) (buffer-chars-modified-tick))))

(defun diffgem--make-edit ()
  (if (not (diffgem--edit-stands-p))
      (message "DiffGem: the document has changed: ask again")
    (let ((edit (overlay-get diffgem--edit 'diffgem)))
      (goto-char (overlay-start diffgem--edit))
      (delete-region (point) (overlay-end diffgem--edit))
      (insert (plist-get edit :text))
      (diffgem--accepted (plist-get edit :command))))
  (diffgem--forget-edit))

(defun diffgem--forget-edit ()
  (when diffgem--edit (delete-overlay diffgem--edit))
  (setq diffgem--edit nil))

;;; The mode

(defun diffgem--after-command ()
  "Text that is typed through stays; where something else was typed, ask anew."
  (let ((changed (not (eql diffgem--tick (buffer-chars-modified-tick)))))
    (setq diffgem--tick (buffer-chars-modified-tick))
    (when (and diffgem--edit
               (or changed (not (eql (point) (overlay-start diffgem--edit)))))
      (diffgem--forget-edit))
    (unless (diffgem--draw)
      (diffgem-dismiss)
      (when (and changed diffgem-automatic) (diffgem--ask 2)))))

;;;###autoload
(define-minor-mode diffgem-mode
  "Ghost text and next edits, in a buffer that Eglot manages."
  :lighter (:eval (diffgem--lighter))
  (diffgem-dismiss)
  (diffgem--forget-edit)
  (setq diffgem--tick (buffer-chars-modified-tick))
  (if diffgem-mode
      (add-hook 'post-command-hook #'diffgem--after-command nil t)
    (remove-hook 'post-command-hook #'diffgem--after-command t)))

;;;###autoload
(defun diffgem-ensure ()
  "For `eglot-managed-mode-hook': the mode is on while Eglot manages the buffer."
  (diffgem-mode (if (eglot-managed-p) 1 -1)))

(provide 'diffgem)
;;; diffgem.el ends here
