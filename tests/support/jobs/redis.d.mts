export const noRedis: string | undefined;
export function startRedis(...settings: string[]): Promise<{
  readonly url: string;
  command(...words: string[]): Promise<string>;
  kill(): Promise<void>;
  start(): Promise<void>;
}>;
