using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace ClipSharp.Server.Telemetry;

/// <summary>The meter's figures in Prometheus' text form (version 0.0.4): histograms are added up as they are recorded, gauges
/// are asked when the page is.</summary>
internal sealed class PrometheusText : IDisposable
{
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]; // seconds

    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Instrument> _instruments = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Name, string Labels), Series> _series = [];

    public PrometheusText(ServerMeter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter.Meter))
            {
                _instruments[NameOf(instrument)] = instrument;
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The page.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var page = new StringBuilder();
        lock (_gate)
        {
            foreach (var (name, instrument) in _instruments)
            {
                var isHistogram = instrument is Histogram<double>;
                page.Append(CultureInfo.InvariantCulture, $"# HELP {name} {instrument.Description}\n");
                page.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {(isHistogram ? "histogram" : "gauge")}\n");
                foreach (var ((_, labels), series) in _series.Where(entry => entry.Key.Name == name))
                {
                    Write(page, name, labels, series, isHistogram);
                }
            }
        }

        return page.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static void Write(StringBuilder page, string name, string labels, Series series, bool isHistogram)
    {
        if (!isHistogram)
        {
            page.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {series.Sum}\n");
            return;
        }

        long below = 0;
        for (var i = 0; i < Bounds.Length; i++)
        {
            below += series.Buckets[i];
            page.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels},le=\"{Bounds[i]}\"}} {below}\n");
        }

        page.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels},le=\"+Inf\"}} {series.Count}\n");
        page.Append(CultureInfo.InvariantCulture, $"{name}_sum{{{labels}}} {series.Sum}\n");
        page.Append(CultureInfo.InvariantCulture, $"{name}_count{{{labels}}} {series.Count}\n");
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Routes, statuses and names of models are this program's own words: nothing to escape, and few of them.
        var labels = new StringBuilder();
        foreach (var (key, word) in tags)
        {
            labels.Append(CultureInfo.InvariantCulture, $"{(labels.Length > 0 ? "," : "")}{key}=\"{word}\"");
        }

        var at = (NameOf(instrument), labels.ToString());
        lock (_gate)
        {
            if (!_series.TryGetValue(at, out var series))
            {
                _series[at] = series = new Series();
            }

            if (instrument.IsObservable)
            {
                series.Sum = value;
                return;
            }

            series.Sum += value;
            series.Count++;
            var bucket = Array.FindIndex(Bounds, bound => value <= bound);
            if (bucket >= 0)
            {
                series.Buckets[bucket]++;
            }
        }
    }

    private static string NameOf(Instrument instrument) =>
        instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "");

    /// <summary>One line, or one histogram.</summary>
    private sealed class Series
    {
        public double Sum { get; set; }

        public long Count { get; set; }

        public long[] Buckets { get; } = new long[Bounds.Length];
    }
}
