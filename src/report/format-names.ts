/** The forms that the record of a run can be had in. */
export const formatNames = ['html', 'md', 'junit', 'csv', 'json', 'cast'] as const;
export type FormatName = (typeof formatNames)[number];

export const reportViews = ['customer', 'internal'] as const;
/** Who reads it: `customer` is told what was done and what came of it, `internal` every script, attempt and line as well. */
export type ReportView = (typeof reportViews)[number];
