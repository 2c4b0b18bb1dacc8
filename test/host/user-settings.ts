export type Theme = 'light' | 'dark' | 'high-contrast';

const THEME_NAMES: Record<Theme, string> = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  'high-contrast': 'Default High Contrast',
};

/** User settings for a window in which nothing happens that a test did not ask for. */
export function userSettings(theme: Theme = 'dark', more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    'chat.disableAIFeatures': true,
    'extensions.autoCheckUpdates': false,
    'extensions.autoUpdate': false,
    'extensions.ignoreRecommendations': true,
    // A folder without trust is to open in Restricted Mode at once, without the question.
    'security.workspace.trust.startupPrompt': 'never',
    'telemetry.telemetryLevel': 'off',
    'update.mode': 'none',
    'window.autoDetectColorScheme': false,
    'window.confirmBeforeClose': 'never',
    'workbench.colorTheme': THEME_NAMES[theme],
    'workbench.enableExperiments': false,
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'workbench.startupEditor': 'none',
    'workbench.tips.enabled': false,
    ...more,
  };
}
