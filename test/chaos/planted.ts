export type Planted = { action: string; subject: string; payment: string; how: string };
