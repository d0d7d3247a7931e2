// Whom the principals of a policy's statement name (AWS JSON policy elements: Principal, IAM User Guide).

/** Whether one of the names is that of the whole account: its id, or the ARN of its root. */
export function namesAccount(names: readonly string[], account: string): boolean {
  return names.some((name) => name === account || name === `arn:aws:iam::${account}:root`);
}

/** Whether one of the names is the caller's own ARN, that of the role whose session it is, or everybody's. */
export function namesCaller(names: readonly string[], callerArn: string): boolean {
  return names.some((name) => name === '*' || isCaller(name, callerArn));
}

/** A role's path is no part of its sessions' ARNs. */
function isCaller(name: string, callerArn: string): boolean {
  if (name === callerArn) return true;
  const [, account, role] = /^arn:aws:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(callerArn) ?? [];
  if (account === undefined || role === undefined) return false;
  return name.startsWith(`arn:aws:iam::${account}:role/`) && name.endsWith(`/${role}`);
}
