/** The page is not the organization's any more that its route was remembered with: ask again whose it is. */
export class PageMovedError extends Error {
  constructor() {
    super('The page has been disconnected, or another organization has connected it');
    this.name = 'PageMovedError';
  }
}
