/** What is used of Supabase's libraries; a file of its own in the bundle, read by those who have a project. */
export { createClient } from '@supabase/supabase-js';
export { Upload } from 'tus-js-client';
export { WebSocket } from 'ws';
