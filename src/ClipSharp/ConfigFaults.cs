using System.Globalization;

namespace ClipSharp;

/// <summary>Collects everything that is wrong with a configuration, so that one message tells it all.</summary>
public sealed class ConfigFaults
{
    private const int MostShown = 64;

    private readonly List<string> _faults = [];
    private readonly List<string> _unsupported = [];

    /// <summary>Notes a fault.</summary>
    /// <param name="fault">Member, value and what it should be.</param>
    public void Add(string fault) => _faults.Add(fault);

    /// <summary>Notes a member that is not supported.</summary>
    /// <param name="member">Its path.</param>
    /// <param name="value">What it says; null = it does not matter.</param>
    internal void AddUnsupported(string member, string? value = null)
    {
        var said = string.IsNullOrEmpty(value) ? "" : $": {(value.Length > MostShown ? value[..MostShown] + "…" : value)}";
        _unsupported.Add(member + said);
        Add($"{member} is not supported{said}");
    }

    /// <summary>Notes a member that is not supported, unless it is.</summary>
    internal void RequireSupported(bool isSupported, string member, string? value)
    {
        if (!isSupported)
        {
            AddUnsupported(member, value);
        }
    }

    /// <summary>Notes a fault where the condition does not hold.</summary>
    public void Require(bool holds, string fault)
    {
        if (!holds)
        {
            Add(fault);
        }
    }

    /// <summary>Notes a member where the condition does not hold.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="name">The member.</param>
    /// <param name="found">Its value.</param>
    /// <param name="expected">What it should be.</param>
    public void Require(bool holds, string name, string found, string expected) =>
        Require(holds, $"{name} = {found} (expected {expected})");

    /// <summary>Notes a number outside [low, high]; NaN is outside.</summary>
    /// <returns>Whether it is inside.</returns>
    public bool InRange(string name, double value, double low, double high)
    {
        var inside = value >= low && value <= high;
        Require(inside, name, value.ToString(CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"{low} to {high}"));
        return inside;
    }

    /// <summary>The members that are not supported, each with what it says, such as "text_cfg.hf_model_name:
    /// roberta-base".</summary>
    internal IReadOnlyList<string> Unsupported => _unsupported;

    /// <summary>Whether nothing was noted.</summary>
    public bool IsEmpty => _faults.Count == 0;

    /// <summary>Refuses the configuration when anything was noted.</summary>
    /// <exception cref="ClipException">Of kind Config, with all faults.</exception>
    public void ThrowIfAny(string where) => ThrowIfAny(where, ClipError.Config, "The configuration is unfit",
        "Compare with the configuration of a model that works.");

    /// <summary>Refuses what was examined when anything was noted.</summary>
    /// <param name="where">Where it came from.</param>
    /// <param name="kind">Whose fault it is.</param>
    /// <param name="what">What was examined, and that it does not hold.</param>
    /// <param name="remedy">What to do.</param>
    /// <exception cref="ClipException">Of that kind, with all faults.</exception>
    public void ThrowIfAny(string where, ClipError kind, string what, string remedy)
    {
        if (_faults.Count > 0)
        {
            throw new ClipException(kind, what, where, string.Join("; ", _faults), "fitting values", remedy);
        }
    }
}
