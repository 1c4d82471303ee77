/** An open case as a person saw it. */
export type Seen = {
  caseId: string;
  action: string;
  subject: string;
  round: number;
  proposal: string;
  overrides: string[];
};
