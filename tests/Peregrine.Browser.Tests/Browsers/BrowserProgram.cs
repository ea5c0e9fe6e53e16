namespace Peregrine.Browser.Tests;

/// <summary>Where a browser is on this machine, and how it is started headless with a profile of its own.</summary>
internal static class BrowserProgram
{
    private static readonly (BrowserKind Kind, string Variable, string[] Names)[] Known =
    [
        (BrowserKind.Chromium, "CHROMIUM", ["chromium", "chromium-browser", "google-chrome"]),
        (BrowserKind.Firefox, "FIREFOX", ["firefox-esr", "firefox"]),
    ];

    // A quiet start: no first-run pages, no update, portal or telemetry traffic beside the test's own.
    private const string FirefoxPreferences = """
        user_pref("app.update.enabled", false);
        user_pref("browser.aboutwelcome.enabled", false);
        user_pref("browser.shell.checkDefaultBrowser", false);
        user_pref("browser.startup.homepage_override.mstone", "ignore");
        user_pref("datareporting.policy.dataSubmissionEnabled", false);
        user_pref("extensions.update.enabled", false);
        user_pref("network.captive-portal-service.enabled", false);
        user_pref("network.connectivity-service.enabled", false);
        user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
        """;

    /// <summary>
    /// The program's path. Without the browser the running test fails where CI=true, and is skipped elsewhere.
    /// </summary>
    public static string FindOrSkip(BrowserKind kind)
    {
        if (Find(kind) is { } program)
            return program;
        var (_, variable, names) = Known.Single(known => known.Kind == kind);
        var reason = $"{kind} is missing: none of {string.Join(", ", names)} is in PATH. Install it, or say where it is in the variable {variable}.";
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            Assert.Fail(reason);
        Assert.Skip(reason);
        return reason;
    }

    /// <summary>Fills a new profile folder and gives the arguments that open <paramref name="page"/> in it.</summary>
    public static string[] PrepareArguments(BrowserKind kind, string profile, Uri page)
    {
        if (kind == BrowserKind.Firefox)
        {
            File.WriteAllText(Path.Combine(profile, "user.js"), FirefoxPreferences);
            return ["--headless", "--no-remote", "--profile", profile, page.AbsoluteUri];
        }

        return
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-dev-shm-usage", $"--user-data-dir={profile}", page.AbsoluteUri,
        ];
    }

    // The variable CHROMIUM or FIREFOX, else PATH; null when the browser is missing.
    private static string? Find(BrowserKind kind)
    {
        var (_, variable, names) = Known.Single(known => known.Kind == kind);
        var set = Environment.GetEnvironmentVariable(variable);
        if (!string.IsNullOrEmpty(set))
            return set;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return names.SelectMany(_ => folders, (name, folder) => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
