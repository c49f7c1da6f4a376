declare module "htmx.org" {
  interface Htmx {
    config: Record<string, unknown>;
    process(element: Element): void;
    ajax(verb: string, path: string, context: { target: string; swap?: string; source?: Element }): Promise<void>;
  }
  const htmx: Htmx;
  export default htmx;
}
