"""Pairs of opposites, one a line: the words of one side, a bar, the words of the other.

Words are compared without their endings (`stems.py`), so only irregular forms are spelled out; `turn_on`
stands for the words "turn on", also with a word or two between them ("turn it on").
"""

# A pair here vetoes if half of what else the texts say is the same.
OPPOSITES = """
enable activate turn_on switch_on | disable deactivate turn_off switch_off
enabled activated | disabled deactivated
activation | deactivation
allow permit | forbid prohibit ban block disallow
allowed permitted | forbidden prohibited banned blocked disallowed
block | unblock
blocking | unblocking
mute | unmute
install | uninstall
installation | uninstallation
subscribe | unsubscribe
subscription sign_up | unsubscription
follow | unfollow
pin | unpin
wrap | unwrap
zip compress | unzip decompress extract uncompress
pack | unpack
archive | unarchive
mount | unmount
link | unlink
pair | unpair
fasten | unfasten
load | unload
fold | unfold
tie | untie
cover | uncover
register | deregister unregister
encrypt | decrypt
encryption | decryption
encode | decode
compile | decompile
serialize serialise | deserialize deserialise
allocate | deallocate
increment | decrement
connect | disconnect
connection | disconnection
attach | detach
assemble | disassemble dismantle
approve | disapprove reject deny decline
approval | rejection denial
accept | reject decline refuse deny
acceptance | rejection refusal
agree | disagree
agreement | disagreement
admit | deny
confirm | deny cancel
import | export
importing | exporting
importer | exporter
upload | download
input | output
inbound incoming | outbound outgoing
inflow | outflow
ingress | egress
increase raise boost grow grew maximize | decrease reduce lower cut shrink shrank minimize diminish
maximise | minimise
higher | lower
rise rose risen | fall fell fallen drop dropped decline
strengthen | weaken
upgrade | downgrade
promote promotion | demote demotion
expand | collapse contract shrink shrank
inflate | deflate
inflation | deflation
lengthen | shorten
widen | narrow
tighten | loosen
thicken | thin
heat warm | cool chill
speed_up accelerate | slow_down decelerate
simplify | complicate
improve | worsen degrade
improvement | deterioration
gain | lose lost loss
winning | losing
victory | defeat
profit profitable | loss unprofitable
deposit pay_in | withdraw withdrew withdrawal
credit | debit
asset | liability
hiring | firing
sender | recipient receiver
push | pull
insert | remove delete eject
add | remove delete subtract
addition | subtraction removal
adding | removing deleting subtracting
create make | delete destroy
creation | deletion
attach | remove
include | exclude
including | excluding
inclusive | exclusive
inclusion | exclusion
enter | exit
entry | exit
entrance | exit
check_in | check_out checkout
clock_in | clock_out
opt_in | opt_out
zoom_in | zoom_out
arrive arrival land | depart departure take_off
arriving landing | departing
ascend climb | descend
ascending ascend | descending descend
ascent | descent
upstairs | downstairs
uphill | downhill
upstream | downstream
upwards upward | downwards downward
upper | lower
uptime | downtime
start begin began begun commence | stop end finish cease
starting beginning | stopping ending finishing
beginning | end ending
pause | resume unpause
continue | stop discontinue
resume | cancel stop
saving | spending
deposit | spend
appear | disappear vanish
accelerate | brake
attack | defend
attacker | defender
offence offense offensive | defence defense defensive
build built construct | demolish destroy tear_down
breed | sterilize
marry married | divorce divorced
marriage wedding | divorce
arrest | release
praise | criticize criticise
reward | punish
encourage | discourage
convince | dissuade
lead led | follow
float | sink sank sunk
inhale | exhale
born birth | die died death
grow | shrink
hotter hottest warmer warmest | colder coldest cooler coolest
warm | cool cold
heating | cooling
heater | cooler
fast quick | slow
faster quicker | slower
fastest quickest | slowest
big large | small little tiny
biggest largest greatest | smallest littlest tiniest
majority | minority
maximum max | minimum min
maximal | minimal
most | least fewest
greater | less smaller lesser
at_least | at_most
highest | lowest
high | low
tall | short
taller | shorter
tallest | shortest
longer | shorter
longest | shortest
wide broad | narrow
wider broader | narrower
widest | narrowest
thick | thin
thicker | thinner
thickest | thinnest
deep | shallow
deeper | shallower
deepest | shallowest
heavy | light lightweight
heavier | lighter
heaviest | lightest
strong | weak
stronger | weaker
strongest | weakest
strength | weakness
hard difficult | easy simple
harder | easier simpler
hardest | easiest simplest
rough | smooth
tight | loose
fuller | emptier
rich wealthy | poor
richer wealthier | poorer
richest wealthiest | poorest
wealth | poverty
expensive pricey costly dear | cheap inexpensive affordable
dearer pricier costlier | cheaper
priciest costliest dearest most_expensive | cheapest least_expensive
nearer closer | farther further
nearest closest | farthest furthest
oldest eldest | newest youngest latest
older elder | newer younger
earliest | latest
previous prior preceding | next following subsequent
before | after
beforehand | afterwards afterward
past | future
ancient | modern
temporary temporarily | permanent permanently
always | never
often frequent frequently | rarely seldom
common | rare uncommon
usual | unusual
regular | irregular
all every | none
everything | nothing
everywhere | nowhere
similar | dissimilar different
similarity | difference
equal | unequal
best | worst
positive | negative
positively | negatively
pro | con
pros | cons
advantage benefit | disadvantage drawback downside
upside | downside
strengths | weaknesses
optimist optimistic | pessimist pessimistic
happy glad | sad unhappy
happiness | sadness
happiest | saddest
beautiful pretty | ugly
clean | dirty
cleaner | dirtier
safest | riskiest
secure | insecure
truth | lie
legalize legalise | criminalize criminalise outlaw
legally | illegally
moral | immoral
ethical | unethical
fair | unfair
possible | impossible
able | unable
capable | incapable
available | unavailable
visible | invisible
reversible | irreversible
relevant | irrelevant
responsible | irresponsible
mature | immature
patient | impatient
polite | impolite rude
perfect | imperfect
personal | impersonal
direct | indirect
dependent | independent
complete | incomplete
sufficient | insufficient
efficient | inefficient
effective | ineffective
adequate | inadequate
formal | informal
active | inactive
valid | invalid
finite | infinite
known | unknown
certain | uncertain
clear | unclear
common | uncommon
comfortable | uncomfortable
conscious | unconscious
conditional | unconditional
employment | unemployment
expected | unexpected
familiar | unfamiliar
friendly | unfriendly hostile
important | unimportant
limited | unlimited
lucky | unlucky
natural | unnatural artificial synthetic
necessary | unnecessary
popular | unpopular
predictable | unpredictable
reliable | unreliable
read | unread
sold | unsold
solved | unsolved
stable | unstable
supported | unsupported
sweetened | unsweetened
salted | unsalted
verified | unverified
vaccinated | unvaccinated
saturated | unsaturated
sorted ordered | unsorted unordered
signed | unsigned
structured | unstructured
supervised | unsupervised
balanced | unbalanced
authorized authorised | unauthorized unauthorised
answered | unanswered
married | unmarried single
honest | dishonest
obey | disobey
trust | distrust mistrust
qualify | disqualify
understand | misunderstand
behave | misbehave
linear | nonlinear non-linear
profit | nonprofit non-profit
fiction | nonfiction non-fiction
smoking smoker | nonsmoking non-smoking nonsmoker non-smoker
refundable | nonrefundable non-refundable
renewable | nonrenewable non-renewable
vegetarian | non-vegetarian nonvegetarian
alcoholic | non-alcoholic nonalcoholic
nonstop non-stop | connecting
leftmost | rightmost
clockwise | counterclockwise anticlockwise
horizontal horizontally | vertical vertically
front | back rear
forward forwards | backward backwards
inside indoor indoors | outside outdoor outdoors
inner interior internal internally | outer exterior external externally
in_front_of | behind
north northern | south southern
east eastern | west western
northeast | southwest
northwest | southeast
northernmost | southernmost
easternmost | westernmost
public publicly | private privately
domestic | international foreign
national | international
local locally | remote remotely global globally
urban city | rural
manual manually | automatic automatically automated
analog analogue | digital
wired | wireless
hardware | software
physical | virtual digital
real genuine authentic | fake counterfeit
absolute | relative
static | dynamic
synchronous synchronously sync | asynchronous asynchronously async
serial sequential | parallel concurrent
mutable | immutable
abstract | concrete
theory theoretical | practice practical
explicit explicitly | implicit implicitly
client | server
frontend front-end | backend back-end
sender | receiver
ancestor | descendant
ancestors | descendants
mother mom mum | father dad
mothers moms mums | fathers dads
husbands | wives
son | daughter
sons | daughters
brother | sister
brothers | sisters
uncle | aunt
nephew | niece
grandfather grandpa grandad | grandmother grandma granny
boy | girl
boys | girls
boyfriend | girlfriend
man men | woman women
guys | girls
male | female
males | females
king | queen
prince | princess
groom bridegroom | bride
actor | actress
actors | actresses
waiter | waitress
prosecution | defence defense
guilty | innocent
master | apprentice
supply | demand
revenue income earnings | expense expenses expenditure spending
income | outgoings
cause causes | effect effects
theist | atheist
war | peace
peace | violence
ally allies | enemy enemies
friend friends | enemy enemies
hero | villain
heaven | hell
summer | winter
sunrise dawn | sunset dusk
weekday weekdays | weekend weekends
breakfast | dinner supper
hardcover hardback | paperback
sweet | sour bitter savoury savory salty
raw uncooked | cooked
wet | dry
wetter wettest | drier driest
humid | dry arid
sharp | blunt dull
bright | dark dim
brighter brightest | darker darkest
brightness | darkness
loud noisy | quiet silent
louder loudest | quieter quietest
crowded busy | deserted quiet
odd | even
prime | composite
numerator | denominator
multiply multiplication | divide division
plus | minus
integral integrate integration | derivative differentiate differentiation
convex | concave
singular | plural
noun | verb
synonym synonyms | antonym antonyms
prefix | suffix
vowel vowels | consonant consonants
uppercase capital | lowercase
introvert introverted introverts | extrovert extroverted extroverts extravert
short-term | long-term
part-time | full-time
one-way | round-trip return
economy | business first-class
import_tax | export_tax
open-source | proprietary closed-source
monarchy | republic
capitalism capitalist | communism communist socialism socialist
liberal liberals | conservative conservatives
democrat democrats democratic | republican republicans
bull bullish | bear bearish
gross | net
fixed | variable floating
prepaid | postpaid
wholesale | retail
pre-tax before-tax | post-tax after-tax
lease rent rental | buy own
owner | renter
hypertension hyper | hypotension hypo
hyperthyroidism | hypothyroidism
hyperglycemia hyperglycaemia | hypoglycemia hypoglycaemia
hyperthermia | hypothermia
diarrhea diarrhoea | constipation constipated
overweight obese | underweight
overcharge | undercharge
overestimate | underestimate
overpaid overpay | underpaid underpay
overload | underload
benign | malignant
acute | chronic
gain_weight put_on_weight | lose_weight
gaining_weight putting_on_weight | losing_weight
bulk | cut
acid acidic | alkaline base
artery arteries | vein veins
dehydrate | rehydrate hydrate
oxidation oxidize | reduction
endothermic | exothermic
cation | anion
cathode | anode
proton | electron
conductor | insulator
mitosis | meiosis
latitude | longitude
perihelion | aphelion
stalactite | stalagmite
introduce | abolish
introduction | conclusion
ratify | repeal
mandatory compulsory obligatory required | optional voluntary
voluntary voluntarily | involuntary involuntarily
intentional deliberate intentionally deliberately | accidental unintentional accidentally unintentionally
transparent | opaque
flexible | rigid
generous | stingy
humble | arrogant
brave | cowardly
proud | ashamed
lazy | hardworking diligent
boring | interesting exciting
shy | outgoing
calm | nervous anxious
careful carefully | careless carelessly
useful | useless
harmful | harmless
hopeful | hopeless
painful | painless
cordless | corded
toxic poisonous | nontoxic non-toxic edible
edible | inedible
perishable | nonperishable
abundant | scarce
surplus | deficit shortage
overlap | gap
extinct | extant
absent | present
absence | presence
go_to_bed | get_up
mount | dismount
embark board | disembark
boarding | disembarking
evacuate | occupy
emigrate emigration | immigrate immigration
emigrant emigrants | immigrant immigrants
wind | unwind
stretch | shrink
polish | tarnish
sow plant | harvest reap
dismiss | appoint
elect | impeach
invest | divest
insource | outsource
centralize centralise | decentralize decentralise
nationalize nationalise | privatize privatise
merge | split
combine join | split separate divide
unite | divide
concatenate | split
append | prepend
enqueue | dequeue
subscribe | cancel
book reserve order | cancel
renew | cancel
schedule | cancel unschedule
cancel | reinstate restore reactivate
close | reopen
delete | restore recover undelete
lose | regain recover find
undo | redo
minimize | maximize
shrink | enlarge
crop | extend
highlight | unhighlight
check | uncheck
select | deselect unselect
expand | minimize
indent | outdent unindent
bold | unbold
ascending increasing | descending decreasing
reveal | conceal
ignore | consider
ignore | notice
prefer | avoid
encourage | prevent
support favor favour | oppose
supporter supporters proponent | opponent opponents critic critics
for_and | against_and
protect | endanger expose
preserve conserve | destroy waste
clean | pollute
purify | contaminate
defrost thaw | freeze
melt | freeze solidify
evaporate | condense
boil | freeze
lather | rinse
overdose | underdose
tense | relax
relax | stress
sit_down | stand_up
lie_down | stand_up get_up
put_on wear | take_off remove
dress | undress
turn_up | turn_down
volume_up | volume_down
scroll_up | scroll_down
go_up | go_down
wake_up | go_to_sleep
pick_up | drop_off
go_in | go_out
come_in | go_out
move_in | move_out
hang_up | answer
roll_up | roll_down
scale_up | scale_down
bottom-up | top-down
get_on | get_off
ignite | extinguish
pros | disadvantages
advantages | disadvantages cons drawbacks
basement | attic
capital | lowercase
junior | senior
beginner novice | expert advanced
introductory basic elementary | advanced
amateur | professional
undergraduate | graduate postgraduate
primary elementary | secondary
primary | secondary
source origin | destination target
departure | destination
origin | destination
leader | follower
leaders | followers
followers | following
presence | lack
upload_speed | download_speed
front_door | back_door
landing | takeoff take-off
incoming | outbound
sunset | sunrise
sunup | sundown
prologue | epilogue
protagonist | antagonist
comedy | tragedy
emphasize emphasise highlight stress | hide conceal downplay
keep | revert undo
set set_up create schedule add book | delete cancel remove
schedule arrange plan set_up | postpone delay skip call_off
recommend advise suggest | advise_against discourage warn
include | discard leave_out omit
grant accept approve agree | turn_down reject decline refuse
escalate | close
justify justification | oppose
file submit | revoke withdraw
extend extension | shorten
proceed | halt abort
scale_up expand | scale_down shrink
best | worst
visible | hidden
overrated | underrated
introvert | extrovert
pro | contra
ascending | descending
sharpen | blur
deny | grant
rewind | fast-forward
left_join | right_join
prepend | append
even-numbered | odd-numbered
sooner | later
ahead | behind
inbound | outbound
pre-order | post-order
wins won | lost losses
"""

# The same may be asked from either side ("can I buy", "do they sell"), or a word of the pair has other
# meanings. These veto only if nearly all else is the same.
CONVERSES = """
lock | unlock
hide | unhide show reveal
freeze froze frozen | unfreeze unfroze thaw
plug | unplug
like | dislike
love | hate
win won winner | lose lost loser
buy bought purchase | sell sold
buyer purchaser | seller vendor
buying purchasing | selling
lend lent | borrow
lender | borrower
lending | borrowing
employer | employee
hire | fire
teach taught | learn learnt
teacher | student pupil
send sent | receive
borrowed | lent
create | delete
join | leave left quit
log_in sign_in login logon log_on | log_out sign_out logout logoff log_off sign_off
open reopen | close shut
opening | closing
opened | closed
open | closed
start | finish
keep kept | discard delete throw_away
save | delete discard spend
save | spend spent
pass passed | fail failed
success succeed successful | failure fail unsuccessful
remember | forget forgot forgotten
repair fix mend | break broke broken
hire | dismiss sack
laugh | cry
wake woke awake wake_up | sleep fall_asleep
alive living | dead deceased
hot | cold
bigger larger | smaller
major | minor
more | less fewer
more_than over exceed exceeding | less_than fewer_than under below
above | below
long | short
full | empty
near close | far distant
old | young
earlier | later
early | late
first | last
everyone everybody | nobody
same identical | different distinct
good | bad evil
better | worse
love | hatred
healthy | unhealthy sick ill
safe | unsafe dangerous risky
true | false untrue
right correct accurate | wrong incorrect inaccurate
legal lawful | illegal unlawful
employed | unemployed
paid | unpaid free
tested | untested
used second-hand secondhand | unused new
left | right
left-handed | right-handed
row | column
rows | columns
top | bottom
online | offline
parent | child
husband | wife
landlord | tenant
landlords | tenants
adult adults grown-up | child children kids
doctor | patient
plaintiff | defendant
predator | prey
host | guest
day daytime | night nighttime
liquid | solid gas
fresh | stale frozen canned
black | white
tenant | owner
sunny | cloudy rainy
asleep | awake
arrive | leave left depart
arrive_at | leave_from
on_time punctual | late delayed
early | delayed
show display reveal | hide conceal
remember | ignore
cause | prevent
cause | cure
start | prevent
help | hinder harm
fill fill_up refill | empty drain
charge recharge | discharge drain
plug_in | unplug
light | extinguish
ceiling | floor
wins | losses
"""
