import * as vscode from "vscode";

/** What is used of the Python extension's API. */
interface PythonApi {
  environments?: { getActiveEnvironmentPath?(resource: vscode.Uri): { path?: string } };
}

/** Which the Python extension has chosen, where it runs already: it is not started for this. */
export function interpreters(folders: readonly string[]): string[] {
  const python = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (python === undefined || !python.isActive) {
    return [];
  }
  const chosen = folders.map(
    (folder) =>
      python.exports.environments?.getActiveEnvironmentPath?.(vscode.Uri.file(folder)).path,
  );
  return chosen.filter((path) => path !== undefined);
}
