def shipped_datasets(): return ()
