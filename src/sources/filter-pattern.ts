import { readPattern } from '../patterns/read-pattern.ts';
import { PatternFlaw } from '../patterns/token-reader.ts';

/** Whether this is a filter pattern, which AWS reads as EventBridge reads those of rules ("Filter rule syntax"). */
export function isFilterPattern(json: string): boolean {
  try {
    readPattern(json);
    return true;
  } catch (error) {
    if (error instanceof PatternFlaw) return false;
    throw error;
  }
}
