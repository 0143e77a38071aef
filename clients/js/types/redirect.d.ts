/**
 * Send the requests of a page or of jsdom to the mock instead of the addresses that the code calls, without a service
 * worker: `redirect({ "https://api.example.com": mock.url("my-api") })`. Returns a function that undoes it.
 */
export function redirect(addresses: Record<string, string>, target?: any): () => void;
