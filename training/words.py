"""Word lists for the generators of `traps.py`. Written for this purpose; members of a pool can stand in for each
other in a sentence, and never mean the same.
"""

# Changing one for its opposite changes the question. Matched as whole words, in both directions.
OPPOSITES = """
enable/disable activate/deactivate start/stop open/close increase/decrease increase/reduce raise/lower add/remove
install/uninstall connect/disconnect subscribe/unsubscribe lock/unlock mute/unmute hide/show pause/resume upload/download
import/export encrypt/decrypt compress/decompress follow/unfollow block/unblock pin/unpin archive/unarchive approve/reject
accept/decline allow/forbid allow/prevent include/exclude buy/sell lend/borrow win/lose arrive/depart arriving/departing
arrival/departure push/pull gain/lose hire/fire before/after above/below  inside/outside first/last earliest/latest
newest/oldest cheapest/most_expensive cheapest/dearest best/worst highest/lowest biggest/smallest largest/smallest
longest/shortest fastest/slowest most/least most/fewest more/less more/fewer maximum/minimum at_most/at_least greater/less
young/old hot/cold warm/cool hard/soft hard/easy difficult/easy wet/dry full/empty heavy/light thick/thin strong/weak loud/quiet
bright/dark early/late sweet/sour rich/poor safe/dangerous legal/illegal public/private male/female mother/father son/daughter
brother/sister uncle/aunt husband/wife advantages/disadvantages benefits/drawbacks pros/cons strengths/weaknesses causes/effects
success/failure profit/loss income/expenses debit/credit deposit/withdraw inbound/outbound incoming/outgoing indoor/outdoor
north/south east/west left/right up/down front/back top/bottom summer/winter morning/evening breakfast/dinner sunrise/sunset
positive/negative ascending/descending horizontal/vertical internal/external domestic/international manual/automatic
permanent/temporary single/double paid/free required/optional online/offline upstairs/downstairs buyer/seller landlord/tenant
employer/employee teacher/student doctor/patient lender/borrower sender/recipient parent/child prey/predator sell/rent rise/fall
rising/falling expand/shrink freeze/melt freeze/boil attack/defend love/hate remember/forget pass/fail upgrade/downgrade promote/demote
turn_on/turn_off switch_on/switch_off log_in/log_out sign_in/sign_out check_in/check_out opt_in/opt_out put_on/take_off
speed_up/slow_down zoom_in/zoom_out in_favour_of/against  ahead_of/behind cheaper/dearer faster/slower bigger/smaller
older/newer older/younger taller/shorter higher/lower longer/shorter better/worse heavier/lighter stronger/weaker lengthen/shorten
strengthen/weaken encourage/discourage agree/disagree praise/criticise support/oppose confirm/cancel confirm/deny renew/cancel
save/delete create/delete attach/detach assemble/disassemble insert/extract input/output request/offer ask/answer
question/answer problem/solution cause/prevent hired/fired married/divorced born/died won/lost opened/closed increased/decreased
""".split()

# Changing one for the other changes nothing in nearly every question.
SYNONYMS = """
buy/purchase begin/start fix/repair get/obtain help/assist big/large quick/fast movie/film car/automobile phone/telephone
picture/photo photos/pictures kids/children child/kid doctor/physician lawyer/attorney cheap/inexpensive smart/clever
ill/sick choose/pick end/finish allow/permit need/require send/mail mistake/error error/mistake reply/respond job/occupation
house/home shop/store trash/garbage vacation/holiday apartment/flat cellphone/mobile_phone sneakers/trainers gas_station/petrol_station
bike/bicycle refrigerator/fridge sofa/couch rug/carpet pants/trousers soccer/football_(soccer) autumn/fall_(autumn)
maximum/max minimum/min information/info application/app advertisement/ad photograph/photo laboratory/lab examination/exam
mathematics/maths influenza/flu roughly/approximately about/approximately show/display list/enumerate explain/describe
create/make build/construct delete/erase remove/delete modify/edit change/alter test/check connect/link join/combine split/divide
main/primary important/significant simple/easy effective/efficient hard/difficult tired/exhausted angry/furious happy/glad scared/afraid
beautiful/pretty strange/odd rich/wealthy correct/right_(correct) wrong/incorrect usually/normally often/frequently quickly/fast
immediately/at_once nearby/close_by whole/entire various/several reduce/lower increase/raise steps/instructions way/method
cost/price salary/pay company/firm employee/worker boss/manager meeting/appointment customers/clients present/gift road/street
airplane/plane ship/vessel baby/infant elderly/old_people pupils/students film/movie author/writer illness/disease
medicine/medication drug/medicine operation/surgery symptoms/signs recipe/instructions stove/cooker oven/stove_oven meal/dish
tasty/delicious dessert/sweet_dish spouse/partner quit/leave finish/complete forbid/prohibit return/send_back receive/get
lose_weight/slim_down terminate/end cancel/call_off postpone/put_off investigate/look_into tolerate/put_up_with
""".split()

POOLS = {
    "city": "Berlin Paris London Rome Madrid Lisbon Vienna Prague Warsaw Dublin Oslo Stockholm Helsinki Athens Budapest Amsterdam "
    "Brussels Zurich Geneva Milan Naples Lyon Hamburg Munich Cologne Boston Denver Chicago Seattle Dallas Houston Atlanta Miami "
    "Phoenix Detroit Baltimore Philadelphia Pittsburgh Oakland Toronto Montreal Vancouver Lima Bogota Santiago Havana Nairobi Lagos "
    "Cairo Tunis Accra Dubai Doha Istanbul Ankara Tehran Mumbai Delhi Chennai Kolkata Karachi Dhaka Bangkok Hanoi Jakarta Manila Seoul "
    "Tokyo Osaka Kyoto Beijing Shanghai Sydney Melbourne Perth Auckland Reykjavik Edinburgh Glasgow Manchester Liverpool Bristol Leeds",
    "country": "Germany France Italy Spain Portugal Austria Poland Ireland Norway Sweden Finland Greece Hungary Belgium Switzerland "
    "Canada Mexico Brazil Peru Chile Argentina Colombia Cuba Kenya Nigeria Egypt Ghana Turkey Iran India Pakistan Thailand Vietnam "
    "Indonesia Japan China Australia Iceland Denmark Romania Bulgaria Croatia Ukraine Russia Israel Morocco Malaysia Singapore",
    "first": "James Mary John Linda Robert Maria David Anna Daniel Laura Thomas Sarah Peter Emma Paul Julia Mark Sofia Kevin Nina Brian "
    "Clara George Alice Steven Diana Edward Helen Frank Grace Henry Irene Jack Karen Leo Nadia Oscar Priya Quentin Rosa Samuel Tara "
    "Victor Wendy Yusuf Zoe Ahmed Fatima Chen Mei Hiroshi Yuki Igor Olga Carlos Lucia Pierre Amelie Lars Ingrid Kofi Ama",
    "last": "Smith Johnson Brown Miller Davis Wilson Taylor Clark Lewis Walker Young Hall Allen King Wright Scott Green Baker Adams Nelson "
    "Carter Mitchell Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Rogers Reed Cook Morgan Bell Murphy Bailey "
    "Rivera Cooper Richardson Cox Howard Ward Peterson Gray Ramirez Watson Brooks Kelly Sanders Price Bennett Wood Barnes Ross Henderson "
    "Picasso Monet Darwin Newton Einstein Mozart Bach Beethoven Shakespeare Dickens Austen Tolstoy Kafka Orwell Hemingway",
    "language": "French German Spanish Italian Portuguese Dutch Polish Russian Turkish Arabic Hebrew Hindi Bengali Thai Vietnamese Korean "
    "Japanese Chinese Swedish Norwegian Danish Finnish Greek Hungarian Czech English Latin",
    "code": "Python JavaScript Java Rust Ruby Swift Kotlin Scala Perl Haskell TypeScript PHP Julia Lua Fortran",
    "month": "January February March April June July August September October November December",
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "colour": "red blue green yellow black white orange purple pink brown grey",
    "brand": "Apple Samsung Google Microsoft Amazon Netflix Spotify Toyota Honda Ford Tesla BMW Audi Volvo Nissan Sony Nikon Canon Lenovo Dell "
    "Asus Nokia Huawei Xiaomi Nike Adidas Puma Ikea Facebook Twitter Instagram WhatsApp Telegram Snapchat YouTube LinkedIn Reddit Slack "
    "PayPal Visa Mastercard Uber Lyft Airbnb Gmail Outlook Excel Word PowerPoint Photoshop Windows Linux Android Firefox Chrome Safari",
    "airline": "Delta Lufthansa Emirates Ryanair Qantas KLM Iberia Finnair American_Airlines United_Airlines British_Airways Air_France "
    "Continental Northwest Southwest",
    "food": "chicken beef pork salmon tuna shrimp tofu rice pasta potatoes spinach broccoli carrots onions garlic mushrooms tomatoes beans "
    "lentils cheese butter milk cream eggs bread apples bananas oranges grapes strawberries blueberries almonds walnuts honey sugar flour",
    "animal": "dog cat horse rabbit hamster parrot turtle snake goat sheep cow pig chicken duck fox wolf bear lion tiger elephant",
    "illness": "asthma diabetes arthritis eczema migraine pneumonia bronchitis anaemia hepatitis malaria measles mumps psoriasis "
    "epilepsy depression anxiety gout shingles tonsillitis cancer stroke lupus glaucoma",
    "medicine": "ibuprofen paracetamol aspirin amoxicillin metformin insulin cortisone penicillin lisinopril omeprazole atorvastatin "
    "sertraline naproxen codeine morphine warfarin",
    "sport": "football tennis basketball cricket rugby hockey golf boxing swimming rowing cycling volleyball baseball badminton",
    "subject": "biology chemistry physics history geography economics psychology philosophy algebra geometry calculus statistics",
    "relation": "mother father brother sister son daughter grandmother grandfather uncle aunt cousin neighbour boss colleague roommate",
    "format": "JSON YAML XML CSV HTML Markdown LaTeX PDF PNG JPEG MP3 MP4 DOCX ZIP",
    "unit": "kilometres miles metres feet inches centimetres kilograms pounds ounces litres gallons grams celsius fahrenheit kelvin",
    "currency": "euros dollars pounds yen francs rupees pesos kroner",
    "instrument": "guitar piano violin drums flute trumpet saxophone cello ukulele harp",
    "attribute": "price rating size colour weight height length age name address phone_number email duration director author genre salary",
    "transport": "bus train plane ferry taxi bicycle car tram subway",
    "clothes": "shirt trousers jacket dress skirt shoes boots socks hat gloves scarf coat sweater",
    "room": "kitchen bathroom bedroom garage basement attic balcony garden",
    "period": "day week month quarter year",
    "planet": "Mercury Venus Mars Jupiter Saturn Uranus Neptune",
    "tool": "Docker Kubernetes Terraform Ansible Jenkins Postgres MySQL MongoDB Redis SQLite Kafka Nginx Django Flask React Angular Vue",
}

# Added at the end, each asks for something else than the question without it or with another one.
SCOPES = {
    "place": "in Berlin|in Canada|in Texas|in Japan|in the UK|in India|in rural areas|at the airport|near the station|downtown|abroad",
    "people": "for students|for seniors|for kids under 5|for beginners|for pregnant women|for employees|for diabetics|for two people"
    "|for a family of six|for cats|for a teenager|for non-residents",
    "device": "on Android|on an iPhone|on Windows 11|on a Mac|on Linux|in the mobile app|on a smart TV|from the command line|in Excel",
    "without": "without sugar|without a credit card|without an account|without internet|without surgery|without losing data"
    "|without meat|without a receipt|without a visa|without root access|without sleeping pills",
    "money": "for under 100 dollars|on a tight budget|for free|for less than 20 euros a month",
    "time": "at night|on weekends|in winter|in 2019|before 1990|after 6 pm|during the holidays|by Friday|within 24 hours|last year",
    "condition": "if I have asthma|if it rains|when the battery is dead|after a divorce|if the seller refuses|when travelling"
    "|if I lost my password|while pregnant|after surgery|with a broken screen",
}

FORMS = {
    "language": "in French|in German|in Spanish|in Japanese|in Portuguese|in plain English|auf Deutsch",
    "format": "as JSON|as YAML|as a CSV file|as a table|in Markdown|as a bulleted list|as an XML document",
    "length": "in one sentence|in two sentences|in three bullet points|in 50 words|in 500 words|in detail|in one word",
    "style": "for a five-year-old|like a pirate|as a poem|in a formal tone|as a haiku|as a tweet|for an expert|in Shakespearean English",
    "code": "in Python|in Rust|in JavaScript|with a regular expression|in SQL|in Bash|using pandas|in C++",
}

POLITE_BEFORE = """Please tell me, |Could you tell me |Hi, |Hello there, |hey |Quick question: |I was wondering, |I'd like to know: |Can you help? |
Sorry to bother you, but |One more thing: |OK so |hi! |Good morning, |Excuse me, |Just curious, |Question: |please |so, |um, |
Hope you're well. |Hey assistant, |not sure who to ask, but |I need some help: |Dear team, """.replace("\n", "").split("|")
POLITE_AFTER = """ please| thanks| thank you!| Thanks in advance.| pls| Cheers| Any help appreciated.| Can you help me?| I'm curious.| asap|
 Many thanks, Sam| thx| I'd be grateful for an answer.| Just wondering.| :)""".replace("\n", "").split("|")

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
).split()
ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()

CONTRACTIONS = {
    "do not": "don't", "does not": "doesn't", "can not": "can't", "cannot": "can't", "is not": "isn't", "are not": "aren't",
    "will not": "won't", "I am": "I'm", "what is": "what's", "What is": "What's", "how is": "how's", "where is": "where's",
    "who is": "who's", "it is": "it's", "I have": "I've", "I would": "I'd", "did not": "didn't", "should not": "shouldn't",
    "Where is": "Where's", "Who is": "Who's", "you are": "you're", "they are": "they're", "I will": "I'll",
}  # fmt: skip

# Openings that ask for the same thing, and those that ask for other things, in questions of that form.
SAME_OPENINGS = (
    ("How do I ", "How can I ", "What's the way to ", "how to ", "What do I have to do to ", "Tell me how to ", "I want to ", "Steps to ",
     "What is the procedure to ", "Help me ", "I need to know how to ", "Explain how to ", "Is there a guide on how to "),
    ("What is the ", "What's the ", "Tell me the ", "Do you know the ", "Give me the ", "I'd like to know the ", "Can you tell me the "),
    ("What are the ", "Tell me the ", "List the ", "Which are the ", "Name the ", "Show me the ", "Could you list the "),
    ("Show me ", "List ", "Find ", "Give me ", "I'm looking for ", "Display ", "I want to see ", "get me "),
)  # fmt: skip
OTHER_OPENINGS = (
    ("How do I ", "Why should I ", "When should I ", "How much does it cost to ", "How long does it take to ", "Is it safe to ",
     "Where can I find someone to ", "What happens if I ", "Is it legal to ", "Who can ", "Is it worth it to ", "What are the risks when I "),
    ("How can I ", "Why can't I ", "When can I ", "How often can I ", "Where can I learn to ", "What do I need to "),
    ("What is the ", "Who invented the ", "Where is the ", "How old is the ", "What is the history of the ", "Why is there a ", "How big is the "),
    ("What are the ", "Who chose the ", "How many are the ", "What is the purpose of the ", "What is the average of the "),
    ("Who wrote ", "When was the author born who wrote ", "Why did they write ", "Who translated ", "Who reviewed "),
    ("Show me ", "How many are there of ", "Delete ", "Who made ", "What is the average price of ", "When did you last see "),
    ("When did ", "Why did ", "How did ", "Where did "),
    ("Why is ", "Since when is ", "How is ", "Where is "),
    ("Can I ", "Why can I ", "When can I "),
    ("Should I ", "How should I ", "When should I "),
)  # fmt: skip
