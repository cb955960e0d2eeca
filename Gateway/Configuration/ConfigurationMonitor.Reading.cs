using Gateway.Configuration.Labels;

namespace Gateway.Configuration;

/// <summary>Reads what has changed, and judges it.</summary>
internal sealed partial class ConfigurationMonitor
{
    private IEnumerable<LastGoodJsonProvider> Files => (_first.Configuration as IConfigurationRoot)?.Providers.OfType<LastGoodJsonProvider>() ?? [];

    /// <summary>Reads the files now, as after a change of them. What is wrong is told even if it was told before, because somebody asks.</summary>
    public ReloadOutcome ReadAgain()
    {
        foreach (var file in Files)
        {
            file.Load();
        }

        return Read(isAsked: true);
    }

    private void OnFileChange()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            _firstChange ??= now;
            var left = Patience - _time.GetElapsedTime(_firstChange.Value, now);
            _timer.Change(left < Quiet ? TimeSpan.FromTicks(Math.Max(0, left.Ticks)) : Quiet, Timeout.InfiniteTimeSpan);
        }
    }

    private ReloadOutcome Read(bool isAsked)
    {
        lock (_gate)
        {
            _firstChange = null;
            var outcome = ReloadOutcome.Failed;
            try
            {
                var reading = _labels.Read(ConfigurationTree.Of(_first.Configuration), Judge);
                _known = reading.Judged.Result.Known;
                outcome = reading.Judged.Errors.Count > 0 ? Reject(reading.Judged.Errors, isAsked) : Accept(reading);
            }
            catch (Exception exception)
            {
                // This runs on a timer's thread, where an exception would end the process.
                _logger.ReloadFailed(exception);
            }

            Reloaded?.Invoke(outcome);
            return outcome;
        }
    }

    private JudgedReading Judge(IReadOnlyList<LabelledFunction> labelled)
    {
        var result = ConfigurationReader.TryRead(_first.Configuration, _first.Runtimes, _known, _first.Machine, labelled);
        return new JudgedReading(result, Errors(result));
    }

    private List<ConfigurationError> Errors(ReadResult result)
    {
        List<ConfigurationError> errors = [.. Files.Select(file => file.Unreadable).OfType<ConfigurationError>(), .. result.Errors];
        if (errors.Count == 0 && result.Options is { } options)
        {
            if (EveryFunctionGone.Refuse(_current, options, result.Root!, _labelled) is { } gone)
            {
                errors.Add(gone);
            }

            errors.AddRange(Veto(_current, options));
        }

        return errors;
    }

    private ReloadOutcome Reject(IReadOnlyList<ConfigurationError> errors, bool isAsked)
    {
        // The same errors are not logged again.
        if (isAsked || !errors.SequenceEqual(_state.Errors))
        {
            _logger.Rejected(StartupErrors.Describe(errors));
        }

        _state = _state with { Errors = errors };
        return ReloadOutcome.Rejected;
    }

    private ReloadOutcome Accept(LabelledReading reading)
    {
        var result = reading.Judged.Result;
        var (old, good, wasBad) = (_current, result.Options!, _state.Errors.Count > 0);
        Tell(reading.Rejected.Except(_state.Rejected));
        _labelled = NamesOf(reading.Accepted);
        _state = _state with { Errors = [], Rejected = reading.Rejected };
        // Kestrel's section holds more than the options do, so it is compared as it was written.
        var changed = good != old || !Kestrel.KestrelEndpoints.SaySame(_root, result.Root!);
        if (!changed)
        {
            _root = result.Root!;
            if (wasBad)
            {
                _logger.GoodAgain();
            }

            return ReloadOutcome.Unchanged;
        }

        _before = (old, _root);
        Publish(good, result.Root!);
        var warnings = result.Warnings.Select(warning => InItsWords(warning, reading.Accepted)).ToArray();
        // What was warned of before is not logged again because another container came.
        Warn([.. warnings.Except(_state.Warnings)]);
        _state = new ConfigurationState(_time.GetUtcNow(), warnings, []) { Rejected = reading.Rejected };
        foreach (var path in FixedAtStart.Changed(old, good))
        {
            _logger.NeedsRestart(path);
        }

        return ReloadOutcome.Applied;
    }

    private void Tell(IEnumerable<RejectedFunction> rejected)
    {
        foreach (var function in rejected)
        {
            _logger.LabelsRejected(function.Runtime, function.Container, function.Reason);
        }
    }

    private static ConfigurationError InItsWords(ConfigurationError warning, IReadOnlyList<LabelledFunction> labelled) =>
        labelled.Select(function => function.Where(warning.Path)).FirstOrDefault(where => where != warning.Path) is { } words ? warning with { Path = words } : warning;
}
