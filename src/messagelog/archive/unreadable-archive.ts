/** Thrown by what reads an archive for use, when something in it is not what it should be; `verifyArchive` tells it all. */
export class UnreadableArchive extends Error {
  override readonly name: string = "UnreadableArchive";
}
