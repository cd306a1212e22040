export const APPLY = "diffgem.applyRewriting"; // of code actions; no command for users
export const DISCARDED = "it was discarded";
export const MOVED_ON = "the document has changed meanwhile: ask again";
