/** dockerode and what it brings: a file of its own in the bundle, read when an engine is asked for. */
export { default as Docker } from 'dockerode';
