import { z } from 'zod';
import { WireId } from './wire.ts';

const WireTagList = z.object({ data: z.array(z.object({ name: z.string() }).nullable().catch(null)) });

/** An answer of `GET /tags`. @throws z.ZodError */
export function parseTagNames(json: unknown): readonly string[] {
  return WireTagList.parse(json).data.flatMap((tag) => tag?.name ?? []);
}

/** An answer of `POST /tags`. @throws z.ZodError */
export function parseTagId(json: unknown): string {
  return z.object({ id: WireId }).parse(json).id;
}
