/** Files of engines that are stored when they are first used; the service worker serves them. */
export const ON_DEMAND_CACHE = 'motet-on-demand';
