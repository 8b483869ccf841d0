namespace ClipSharp.Weights.PyTorch;

/// <summary>The stack of the machine that a pickle is a program for, its marks, and the memo of values that come back.</summary>
/// <param name="input">Says where something was refused.</param>
internal sealed class PickleStack(PickleInput input)
{
    private readonly List<object?> _values = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<uint, object?> _memo = [];

    /// <summary>Puts a value on top.</summary>
    public void Push(object? value) => _values.Add(value);

    /// <summary>Takes the value on top.</summary>
    public object? Pop()
    {
        var value = Peek();
        _values.RemoveAt(_values.Count - 1);
        return value;
    }

    /// <summary>The value on top, which stays.</summary>
    public object? Peek()
    {
        CheckDepth(1);
        return _values[^1];
    }

    /// <summary>Takes values from the top, the lowest first.</summary>
    public object?[] PopLast(int count)
    {
        CheckDepth(count);
        return PopFrom(_values.Count - count);
    }

    /// <summary>Marks the place on top.</summary>
    public void Mark() => _marks.Push(_values.Count);

    /// <summary>Takes the last mark and the values above it, the lowest first.</summary>
    public object?[] PopToMark() => _marks.TryPop(out var mark)
        ? PopFrom(mark)
        : throw input.Bad("The pickle takes what is not on its stack", "no mark", "one");

    /// <summary>The one value that is left at the end.</summary>
    public object? TakeResult() => _values.Count == 1 && _marks.Count == 0
        ? _values[0]
        : throw input.Bad("The pickle ends with an unfit stack", $"{_values.Count} values and {_marks.Count} marks", "one value");

    /// <summary>Keeps the value on top in the memo.</summary>
    public void Keep(uint index) => _memo[index] = Peek();

    /// <summary>Keeps it at the next free place.</summary>
    public void KeepNext() => Keep((uint)_memo.Count);

    /// <summary>A value of the memo.</summary>
    public object? Recall(uint index) => _memo.TryGetValue(index, out var value)
        ? value
        : throw input.Bad("The pickle recalls what it has not kept", $"memo {index}", $"one of {_memo.Count} kept");

    private object?[] PopFrom(int from)
    {
        var values = new object?[_values.Count - from];
        _values.CopyTo(from, values, 0, values.Length);
        _values.RemoveRange(from, values.Length);
        return values;
    }

    // What lies below the last mark belongs to others.
    private void CheckDepth(int count)
    {
        var there = _values.Count - (_marks.TryPeek(out var mark) ? mark : 0);
        if (there < count)
        {
            throw input.Bad("The pickle takes what is not on its stack", $"{there} values", $"{count}");
        }
    }
}
