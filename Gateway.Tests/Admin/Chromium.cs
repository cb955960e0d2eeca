using Gateway.Lab;
using Gateway.Lab.Networking;
using Microsoft.Playwright;

namespace Gateway.Tests.Admin;

/// <summary>Chromium inside a network namespace.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly LabDirectory _directory = LabDirectory.Create("browser");
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public static async Task<Chromium> StartAsync(NetworkNamespace space)
    {
        var chromium = new Chromium();
        // Playwright starts a program; in a network namespace that is this one.
        var program = chromium._directory.File("chromium");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec nsenter --net={space.Path} -- chromium \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assertions.SetDefaultExpectTimeout(20_000);
        chromium._playwright = await Playwright.CreateAsync();
        chromium._browser = await chromium._playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            // Root has no sandbox; the rest is what would ask Google's servers.
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--host-resolver-rules=MAP *.example 127.0.0.1"],
        });
        return chromium;
    }

    /// <summary>Opens a window of its own, with nothing kept from others. The caller disposes of it.</summary>
    /// <param name="width">The window's width, in pixels.</param>
    /// <param name="scheme">The colours that the system asks for.</param>
    /// <param name="height">The window's height, in pixels.</param>
    /// <param name="runsScripts">Whether pages may run scripts.</param>
    public async Task<IBrowserContext> OpenAsync(int width, ColorScheme scheme, int height = 900, bool runsScripts = true)
    {
        var context = await _browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
            IgnoreHTTPSErrors = true,
            JavaScriptEnabled = runsScripts,
        });
        context.SetDefaultTimeout(20_000);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        _playwright?.Dispose();
        _directory.Dispose();
    }
}
